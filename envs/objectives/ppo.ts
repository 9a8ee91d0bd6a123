export { default } from '../ppo/objective';
